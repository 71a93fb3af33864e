// The strands of a Pool. Private to the room.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/async/strand.h"

namespace tocsin::async {

/// All timers of one strand wait in one place, behind a single timer of Asio's: tens of thousands cost a
/// hundred bytes each.
std::shared_ptr<Strand> MakePoolStrand(boost::asio::io_context& io);

}  // namespace tocsin::async
