#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "server/edge.h"

namespace freshet::server {

inline constexpr std::string_view kSubprotocol = "freshet.v1";

using WebSocketRequest = boost::beast::http::request<boost::beast::http::string_body>;

// Takes over a socket on which this upgrade request came (origin, host and subprotocol are checked already)
// and serves freshet.v1 on it until one side ends it. On `thread`, on which the socket lives. `held` is the
// connection's place in the limit of connections; it is given back when the socket ends.
void serve_web_socket(Edge& edge, IoThread& thread, boost::asio::ip::tcp::socket socket,
                      WebSocketRequest request, std::shared_ptr<void> held);

}  // namespace freshet::server
