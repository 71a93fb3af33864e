// A silence: alerts that its matchers take are not told from one moment to another.
#pragma once

#include <memory>
#include <string>

#include "alerting/model/matcher.h"
#include "base/time.h"

namespace tocsin::notify {

enum class SilenceState { kActive, kPending, kExpired };

/// "active", "pending", "expired".
std::string_view SilenceStateName(SilenceState state);

/// Immutable once it is kept.
struct Silence {
  std::string id;  ///< a random UUID; "" for one that is to be made
  model::Matchers matchers;
  Timestamp starts_at;
  Timestamp ends_at;
  Timestamp updated_at;
  std::string created_by;
  std::string comment;

  SilenceState StateAt(Timestamp now) const;
};

using SilencePtr = std::shared_ptr<const Silence>;

/// What Alertmanager demands of one; kInvalidArgument in its words.
Status ValidateSilence(const Silence& silence);

/// One text of all of it, for keeping, and back; kInvalidArgument when it is none.
std::string EncodeSilence(const Silence& silence);
Result<Silence> DecodeSilence(std::string_view text);

}  // namespace tocsin::notify
