// The page at "/": what this server answers.
#pragma once

#include "base/http/server.h"

namespace tocsin::web {

void AddLanding(http::Router& router);

}  // namespace tocsin::web
