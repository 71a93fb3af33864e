// The least that delivering so many webhooks costs with libcurl: the same body POSTed again and again over
// kept connections, as many at a time as the engine allows. The yardstick of notify_storm.py.
//
//   bench_notify_post_floor URL COUNT
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace {

constexpr int kInFlight = 64;
constexpr int kBodyBytes = 700;

size_t Ignore(const char* /*data*/, size_t /*one*/, size_t size, void* /*unused*/) { return size; }

CURL* MakePost(const char* url, const std::string& body, curl_slist* headers) {
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Ignore);
  return easy;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string body(kBodyBytes, 'x');
  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  CURLM* multi = curl_multi_init();
  long left = std::atol(argv[2]);
  long done = 0;
  std::vector<CURL*> handles;
  for (int i = 0; i < kInFlight && left > 0; ++i, --left) {
    handles.push_back(MakePost(argv[1], body, headers));
    curl_multi_add_handle(multi, handles.back());
  }
  int running = 1;
  while (running > 0) {
    curl_multi_perform(multi, &running);
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
      CURL* easy = message->easy_handle;
      done += message->data.result == CURLE_OK ? 1 : 0;
      curl_multi_remove_handle(multi, easy);
      if (left > 0) {
        --left;
        curl_multi_add_handle(multi, easy);
        running = 1;
      }
    }
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
  for (CURL* easy : handles) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  std::printf("%ld delivered\n", done);
  return done == std::atol(argv[2]) ? 0 : 1;
}
