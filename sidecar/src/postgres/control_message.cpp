#include "postgres/control_message.h"

#include "freshet_wire/control.hpp"
#include "freshet_wire/read_set.hpp"

namespace freshet::postgres {
namespace {

struct StringSink {
  std::string out;
  void append(const std::uint8_t* data, std::size_t size) {
    out.append(reinterpret_cast<const char*>(data), size);
  }
};

}  // namespace

std::string fence_message(const wire::SipKey& key, std::uint64_t nonce) {
  StringSink sink;
  wire::write_fence(sink, key, nonce);
  return std::move(sink.out);
}

std::vector<std::string> interest_messages(const wire::SipKey& key, const live::SendInterest& interest) {
  std::vector<std::string> out;
  if (interest.replace || !interest.watch.empty() || interest.unwatch.empty()) {
    StringSink sink;
    wire::ControlWriter<StringSink> writer(sink, key, wire::ControlTag::kInterest);
    auto& body = writer.body();
    body.var(interest.version);
    body.u8(interest.replace ? 1 : 0);
    body.var(interest.watch.size());
    for (const live::WatchedTable& table : interest.watch) {
      body.var(table.table);
      body.var(table.columns.size());
      for (const live::WatchedColumn& column : table.columns) {
        body.var(column.attnum);
        body.u8(column.parts);
        if (wire::is_test(column.attnum)) {
          body.bytes(
              {reinterpret_cast<const std::uint8_t*>(column.expression.data()), column.expression.size()});
        }
      }
    }
    writer.seal();
    out.push_back(std::move(sink.out));
  }
  if (!interest.unwatch.empty()) {
    StringSink sink;
    wire::ControlWriter<StringSink> writer(sink, key, wire::ControlTag::kUnwatch);
    auto& body = writer.body();
    body.var(interest.version);
    body.var(interest.unwatch.size());
    for (const wire::TableId table : interest.unwatch) body.var(table);
    writer.seal();
    out.push_back(std::move(sink.out));
  }
  return out;
}

}  // namespace freshet::postgres
