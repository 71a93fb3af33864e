// A notification passes through stages on its way from a group to an integration. Each stage takes alerts
// out, ends the passage, delays it, or does something with it; stages/compose.h puts them in order.
//
// Everything of one passage happens on its group's strand, and hangs off the Passage: who drops it ends what
// is under way.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "alerting/notify/dispatch/route.h"
#include "alerting/notify/notification.h"
#include "alerting/notify/notification_log.h"
#include "alerting/notify/stages/turns.h"
#include "base/async/strand.h"
#include "base/error.h"

namespace tocsin::notify {

class StageChain;

/// One notification on its way to one integration. Not thread safe: touched on `strand` alone.
struct Passage : std::enable_shared_from_this<Passage> {
  std::shared_ptr<async::Strand> strand;
  Notification notification;
  /// What the group held when it flushed: of the notification's alerts stages take some out.
  std::vector<model::AlertPtr> flushed;
  Timestamp deadline;  ///< when the group will not wait any longer
  std::shared_ptr<const Route> route;

  /// What the integration was told last; read by the recall stage for those after it.
  LogEntry told;
  /// Alerts whose end is told even while they are muted, as the receiver believes that they fire.
  AlertIds ends_awaited;

  /// How the receiver names what it was sent; made by the retry stage.
  std::string thread;

  // Made by the dedup stage for those after it.
  AlertIds firing;
  AlertIds resolved;

  /// Set by a stage that ended the passage but will have something to tell then, though nothing changes.
  std::optional<Timestamp> again_at;

  /// Without one nothing is sent; taken by the turn stage, or brought along when it was waited for.
  Turns::Place place;
  /// Set by the turn stage when it ended the passage for want of a place.
  std::shared_ptr<Turns> waits_for;

  /// What a stage keeps going until it calls on.
  struct Work {
    virtual ~Work() = default;
  };
  std::unique_ptr<Work> work;

  // The chain's own: it keeps the stages alive while they are at work.
  std::shared_ptr<const StageChain> stages;
  size_t stage = 0;  ///< the one that it is in
  std::function<void(Status)> done;
};
using PassagePtr = std::shared_ptr<Passage>;

enum class Onward {
  kNext,  ///< to the next stage
  kEnd,   ///< there is nothing to tell; that is a success
};

/// Immutable after construction; shared by all groups of a route.
class Stage {
 public:
  using Next = std::function<void(Result<Onward>)>;

  virtual ~Stage() = default;
  virtual std::string_view name() const = 0;
  /// Calls `next` once, at once or later, on the passage's strand; never once the passage is gone. Holds
  /// `passage` weakly beyond the call. An error ends the passage: the group tries again at its next interval.
  virtual void Enter(const PassagePtr& passage, Next next) const = 0;
};

/// Stages one after another.
class StageChain final : public std::enable_shared_from_this<StageChain> {
 public:
  explicit StageChain(std::vector<std::unique_ptr<Stage>> stages) : stages_(std::move(stages)) {}

  using Done = std::function<void(Status)>;
  /// Runs the passage through all stages; `done` is called as `next` is.
  void Run(const PassagePtr& passage, Done done) const;

 private:
  /// Has the passage enter the stage that it has come to.
  void Enter(const PassagePtr& passage) const;

  std::vector<std::unique_ptr<Stage>> stages_;
};

}  // namespace tocsin::notify
