// What client and server have said to each other, as far as an error message needs it: the last command,
// without credentials, and the last whole reply to it. Private to the client.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::smtp {

class Conversation {
 public:
  /// A line that the client sends. What is not a command (a step of AUTH) is not kept.
  void Sent(std::string_view line);
  /// A line of a reply; true when it ends the reply. What answers QUIT comes too late to matter and is
  /// ignored.
  bool Received(std::string_view line);

  /// "RCPT TO:<a@example.test>", "AUTH"; "" before the first. Never QUIT.
  const std::string& command() const { return command_; }
  /// Of the last whole reply; 0 when there was none.
  int code() const { return code_; }
  /// "550 5.1.1 no such user": its lines in one.
  const std::string& reply() const { return reply_; }

 private:
  std::string command_;
  std::string reply_;
  std::string partial_;
  int code_ = 0;
  bool quitting_ = false;
};

}  // namespace tocsin::smtp
