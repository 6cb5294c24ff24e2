#include "server/metrics.h"

namespace freshet::server {
namespace {

template <class Number>
void add(std::string& out, const char* name, const char* type, const char* help,
         const std::atomic<Number>& value) {
  out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n" + name + " " +
         std::to_string(value.load(std::memory_order_relaxed)) + "\n";
}

}  // namespace

std::string Metrics::text() const {
  std::string out;
  add(out, "freshet_connections", "gauge", "Open connections, HTTP and WebSocket.", connections);
  add(out, "freshet_sockets", "gauge", "Open WebSockets.", sockets);
  add(out, "freshet_event_streams", "gauge", "Open event streams of agents.", streams);
  add(out, "freshet_connections_refused_total", "counter", "Connections over the limit.", refused);
  add(out, "freshet_handshakes_refused_total", "counter", "WebSocket handshakes refused.",
      handshakes_refused);
  add(out, "freshet_origins_refused_total", "counter",
      "Requests and handshakes of pages whose origin is not in --allowed-origins.", origins_refused);
  add(out, "freshet_frames_in_total", "counter", "Frames received.", frames_in);
  add(out, "freshet_frames_out_total", "counter", "Frames queued to be sent.", frames_out);
  add(out, "freshet_bytes_out_total", "counter", "Bytes written to WebSockets.", bytes_out);
  add(out, "freshet_socket_writes_total", "counter", "Writes to WebSockets.", writes);
  add(out, "freshet_sockets_slow_total", "counter", "Times that a socket became slow.", slow);
  add(out, "freshet_sockets_dead_total", "counter", "Sockets closed because nothing came or went.", dead);
  add(out, "freshet_sockets_overflowed_total", "counter", "Sockets closed because too much waited.",
      overflowed);
  add(out, "freshet_http_requests_total", "counter", "HTTP requests.", http_requests);
  add(out, "freshet_http_tokens_refused_total", "counter", "HTTP requests with a token that is not valid.",
      tokens_refused);
  add(out, "freshet_edge_faults_total", "counter", "Exceptions that reached an I/O thread.", faults);
  return out;
}

}  // namespace freshet::server
