#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::server {

// A blocking client that can do everything wrong. Every read has a deadline of its own (kPatience), after
// which it throws.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer = 0);
  ~TestClient();
  TestClient(TestClient&& other) noexcept;
  TestClient(const TestClient&) = delete;

  void send(std::string_view bytes);

  struct Response {
    int status = 0;
    std::string headers;  // as they came, with the status line
    std::string body;
    std::string header(std::string_view name) const;
  };
  // `head`: an answer to HEAD, which has no body.
  Response read_response(bool head = false);
  Response get(std::string_view target, std::string_view headers = "", std::string_view method = "GET");
  Response post(std::string_view target, std::string_view body, std::string_view headers = "");

  // Everything up to the end of the stream (or a reset).
  std::string read_to_end();
  void reset();

  // WebSocket.
  Response upgrade(std::string_view headers = "Sec-WebSocket-Protocol: freshet.v1\r\n");
  void connect_session();  // upgrade, hello, welcome
  struct Message {
    int opcode = 0;
    std::string payload;
    std::uint16_t close_code() const;
  };
  void send_frame(int opcode, std::string_view payload, bool final = true);
  void send_text(std::string_view payload) { send_frame(1, payload); }
  // The next whole frame; none: the stream has ended.
  std::optional<Message> read_frame();
  // The next text, answering nothing.
  std::string read_text();
  // The close code, texts and pings before it passed over; 0: the stream ended without one.
  std::uint16_t read_close();

 private:
  bool fill();
  std::string take(std::size_t bytes);

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace freshet::server
