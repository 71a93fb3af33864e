// How often a test with random input goes around.
#pragma once

namespace tocsin {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOCSIN_IS_SANITIZED 1
#endif
#endif

/// `full` times; a tenth of that under a sanitizer, which makes each of them ten times as slow.
constexpr int Rounds(int full) {
#ifdef TOCSIN_IS_SANITIZED
  return full / 10;
#else
  return full;
#endif
}

}  // namespace tocsin
