#include "alerting/web/alertmanager_api.h"

#include <utility>

#include <fmt/format.h>

#include "alerting/web/alertmanager_alerts.h"
#include "alerting/web/alertmanager_silences.h"
#include "alerting/web/openapi.h"

namespace tocsin::web {
namespace {

using notify::View;

/// Looks at the alerts, then answers with what `make` makes of them.
http::Handler Looking(notify::Notifier& notifier, OrderedJson (*make)(const View&, const AlertQuery&)) {
  return [&notifier, make](const http::Request& request, const http::Responder& responder) {
    auto query = ReadAlertQuery(request);
    if (!query) return responder(AnswerText(400, query.error().message()));
    notifier.Look([responder, make, query = *std::move(query)](const View& view) {
      responder(Answer(make(view, query)));
    });
  };
}

http::Handler PostAlerts(const AlertmanagerApi& api) {
  return [&notifier = api.notifier, &clock = api.clock](const http::Request& request,
                                                        const http::Responder& responder) {
    auto posted = ReadPostedAlerts(request, clock.Now(), notifier.resolve_timeout());
    if (!posted) return responder(Answer(posted.error()));
    notifier.Receive(posted->alerts, [responder, faults = posted->faults](const Status& safe) {
      if (!safe) return responder(AnswerText(500, safe.error().message()));
      responder(faults.empty() ? AnswerNothing(200) : AnswerText(400, faults));
    });
  };
}

http::Handler PostSilence(const AlertmanagerApi& api) {
  return [silences = api.silences, when_safe = api.when_safe, &clock = api.clock](
             const http::Request& request, const http::Responder& responder) {
    auto silence = ReadSilence(request, clock.Now());
    if (!silence) return responder(silence.error());
    auto id = silences->Set(*std::move(silence));
    if (!id)
      return responder(
          AnswerText(id.error().code() == ErrorCode::kNotFound ? 404 : 400, id.error().message()));
    auto answer = [responder, id = *id](const Status& safe) {
      responder(safe ? Answer(OrderedJson{{"silenceID", id}}) : AnswerText(500, safe.error().message()));
    };
    when_safe ? when_safe(answer) : answer({});
  };
}

http::Handler DeleteSilence(const AlertmanagerApi& api) {
  return [silences = api.silences, when_safe = api.when_safe](const http::Request& request,
                                                              const http::Responder& responder) {
    const std::string id(request.path_values.Get("id").value_or(""));
    if (!IsUuid(id)) {
      return responder(Answer(
          Refusal{422, 601, fmt::format("silenceID in path must be of type uuid: {}", model::Quote(id))}));
    }
    if (Status expired = silences->Expire(id); !expired) return responder(AnswerNothing(404));
    auto answer = [responder](const Status& safe) {
      responder(safe ? AnswerNothing(200) : AnswerText(500, safe.error().message()));
    };
    when_safe ? when_safe(answer) : answer({});
  };
}

http::SyncHandler GetSilence(const AlertmanagerApi& api) {
  return [silences = api.silences, &clock = api.clock](const http::Request& request) {
    const std::string id(request.path_values.Get("id").value_or(""));
    if (!IsUuid(id)) {
      return Answer(
          Refusal{422, 601, fmt::format("silenceID in path must be of type uuid: {}", model::Quote(id))});
    }
    const notify::SilencePtr silence = silences->Find(id);
    return silence ? Answer(SilenceJson(*silence, clock.Now())) : AnswerNothing(404);
  };
}

http::SyncHandler GetSilences(const AlertmanagerApi& api) {
  return [silences = api.silences, &clock = api.clock](const http::Request& request) {
    auto filter = ReadFilter(request);
    if (!filter) return AnswerText(400, filter.error().message());
    return Answer(SilencesJson(silences->All(), *filter, clock.Now()));
  };
}

/// A cluster of one: itself, under the address that the client knows it by.
http::SyncHandler GetStatus(const AlertmanagerApi& api) {
  return [config = api.config, version = api.version, started = api.started](const http::Request& request) {
    const std::string name = fmt::format("tocsin-{:012x}", started.millis());
    const std::string address(request.headers.Get("Host"));
    return Answer(OrderedJson{{"cluster",
                               {{"name", name},
                                {"peers", OrderedJson::array({{{"address", address}, {"name", name}}})},
                                {"status", "ready"}}},
                              {"config", {{"original", config()}}},
                              {"uptime", ApiTime(started)},
                              {"versionInfo",
                               {{"branch", ""},
                                {"buildDate", ""},
                                {"buildUser", ""},
                                {"goVersion", ""},
                                {"revision", ""},
                                {"version", version}}}});
  };
}

http::Handler GetReceivers(notify::Notifier& notifier) {
  return [&notifier](const http::Request&, const http::Responder& responder) {
    notifier.Look([responder](const View& view) {
      OrderedJson list = OrderedJson::array();
      for (const std::string& name : view.receivers)
        list.push_back({{"labels", {{"name", name}}}, {"name", name}});
      responder(Answer(list));
    });
  };
}

}  // namespace

void AddAlertmanagerApi(http::Router& router, const AlertmanagerApi& api) {
  router.Get("/api/v2/status", GetStatus(api));
  router.Handle("GET", "/api/v2/receivers", GetReceivers(api.notifier));
  router.Handle("GET", "/api/v2/alerts", Looking(api.notifier, AlertsJson));
  router.Handle("GET", "/api/v2/alerts/groups", Looking(api.notifier, GroupsJson));
  router.Handle("POST", "/api/v2/alerts", api.guard.Protect(PostAlerts(api)));
  router.Get("/api/v2/silences", GetSilences(api));
  router.Handle("POST", "/api/v2/silences", api.guard.Protect(PostSilence(api)));
  router.Get("/api/v2/silence/:id", GetSilence(api));
  router.Handle("DELETE", "/api/v2/silence/:id", api.guard.Protect(DeleteSilence(api)));
}

}  // namespace tocsin::web
