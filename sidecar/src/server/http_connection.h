#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "server/edge.h"
#include "server/places.h"

namespace freshet::server {

// Serves HTTP/1.1 on an accepted socket, request after request, until the client leaves, goes over a limit or
// asks for a WebSocket. On `thread`, on which the socket lives. Without room for it, its first request is
// answered 503.
void serve_http(Edge& edge, IoThread& thread, boost::asio::ip::tcp::socket socket, Places::Place place);

}  // namespace freshet::server
