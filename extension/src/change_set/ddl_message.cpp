#include "change_set/ddl_message.h"

#include "change_set/string_sink.h"
#include "compat.h"

// version:u8=1  flags:u8 (bit0 temporary, bit1 rewritten)  tag:bytes  n:var, n × (class:var object:var)

namespace freshet {
namespace {

constexpr uint8 kVersion = 1;
constexpr uint8 kTemporary = 1;
constexpr uint8 kRewritten = 2;

}  // namespace

void write_ddl_message(const DdlMessage& message, StringInfo out) {
  StringSink sink(out);
  wire::Writer<StringSink> writer(sink);
  writer.u8(kVersion);
  writer.u8((message.temporary ? kTemporary : 0) | (message.rewritten ? kRewritten : 0));
  writer.bytes({reinterpret_cast<const uint8*>(message.tag), static_cast<std::size_t>(message.tag_size)});
  const uint32 count = message.object_count <= kMaxDdlObjects ? message.object_count : 0;
  writer.var(count);
  for (uint32 i = 0; i < count; ++i) {
    writer.var(message.objects[i].class_id);
    writer.var(message.objects[i].object_id);
  }
}

bool read_ddl_message(wire::Bytes bytes, DdlMessage* message) {
  wire::Cursor in(bytes);
  if (in.u8() != kVersion) return false;
  const uint8 flags = in.u8();
  const wire::Bytes tag = in.bytes();
  const uint64 count = in.count(2);
  if (!in.ok() || count > kMaxDdlObjects || (flags & ~(kTemporary | kRewritten)) != 0) return false;
  message->temporary = (flags & kTemporary) != 0;
  message->rewritten = (flags & kRewritten) != 0;
  message->tag = reinterpret_cast<const char*>(tag.data());
  message->tag_size = static_cast<int>(tag.size());
  message->object_count = static_cast<uint32>(count);
  message->objects = static_cast<DdlObject*>(palloc(Max(count, 1) * sizeof(DdlObject)));
  for (uint64 i = 0; i < count; ++i) {
    const uint64 class_id = in.var();
    const uint64 object_id = in.var();
    if (!in.ok() || class_id > PG_UINT32_MAX || object_id > PG_UINT32_MAX) return false;
    message->objects[i] = {static_cast<Oid>(class_id), static_cast<Oid>(object_id)};
  }
  return in.at_end();
}

}  // namespace freshet
