#include "page/cursor.h"

#include "call/json_read.h"
#include "call/json_write.h"
#include "call/rights.h"
#include "errors.h"
#include "identity/identity.h"
#include "mutant.h"
#include "page/cursor_bytes.h"
#include "page/gateway_key.h"

extern "C" {
#include "common/hmac.h"
#include "common/sha2.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantMacUnchecked = FRESHET_MUTANT_IS(CURSOR_MAC_UNCHECKED);
constexpr bool kMutantClaimsLeftOut = FRESHET_MUTANT_IS(CURSOR_WITHOUT_CLAIMS);
constexpr bool kMutantArgumentsLeftOut = FRESHET_MUTANT_IS(CURSOR_WITHOUT_ARGUMENTS);

[[noreturn]] void refuse(const CursorScope& scope) {
  ereport(ERROR,
          (errcode(kInvalidCursor), errmsg("the cursor is none of this page of %s", scope.function->path),
           errhint("A cursor is good for the function, order, arguments and caller that it was given "
                   "to. Begin anew with the first page.")));
  pg_unreachable();
}

// Claims in one spelling, whatever the order in which a token names them.
char* canonical(const char* json) {
  JsonValue value;
  JsonSyntaxError error;
  if (!json_parse(json, strlen(json), &value, &error))
    elog(ERROR, "JSON that was read before is not valid: %s", error.message);
  StringInfoData out;
  initStringInfo(&out);
  append_json_canonical(&out, &value);
  return out.data;
}

void authenticate(const CursorScope& scope, const char* claims, const CursorBytes& bytes, uint8* mac) {
  StringInfoData text;
  initStringInfo(&text);
  append_bytes(&text, "freshet cursor 1");
  append_bytes(&text, scope.function->path);
  append_bytes(&text, page_order_text(scope.order));
  append_bytes(&text, kMutantArgumentsLeftOut ? "" : canonical(scope.arguments));
  append_bytes(&text, kMutantClaimsLeftOut ? "" : canonical(claims));
  append_cursor_body(&text, bytes);
  uint8 key[kGatewayKeySize];
  read_gateway_key(key);
  uint8 digest[PG_SHA256_DIGEST_LENGTH];
  pg_hmac_ctx* context = pg_hmac_create(PG_SHA256);
  if (context == nullptr || pg_hmac_init(context, key, sizeof key) < 0 ||
      pg_hmac_update(context, reinterpret_cast<const uint8*>(text.data), text.len) < 0 ||
      pg_hmac_final(context, digest, sizeof digest) < 0)
    elog(ERROR, "cannot compute HMAC-SHA-256");
  pg_hmac_free(context);
  explicit_bzero(key, sizeof key);
  memcpy(mac, digest, kCursorMacSize);
}

// In the time that does not tell where they differ.
bool equal_macs(const uint8* a, const uint8* b) {
  uint8 difference = 0;
  for (int i = 0; i < kCursorMacSize; i++) difference |= a[i] ^ b[i];
  return difference == 0;
}

PallocVector<char*> claim_names(const char* claims) {
  JsonValue object;
  JsonSyntaxError error;
  if (!json_parse(canonical(claims), strlen(canonical(claims)), &object, &error))
    elog(ERROR, "JSON that was read before is not valid: %s", error.message);
  PallocVector<char*> names;
  for (int i = 0; i < object.count; i++) names.push(object.members[i].name);
  return names;
}

}  // namespace

char* write_cursor(const CursorScope& scope, const PagePlace& place) {
  const char* claims = identity_claims_read();
  CursorBytes bytes = {};
  bytes.claims = claim_names(claims);
  pin_output_settings();
  for (int i = 0; i < scope.order->columns.size; i++) {
    Oid output;
    bool is_varlena;
    getTypeOutputInfo(scope.order->columns[i].type, &output, &is_varlena);
    bytes.keys.push(place.nulls[i] ? nullptr : OidOutputFunctionCall(output, place.values[i]));
  }
  authenticate(scope, claims, bytes, bytes.mac);
  char* text = encode_cursor(bytes);
  if (text == nullptr)
    ereport(ERROR,
            (errcode(kTooLarge),
             errmsg("the order columns of a row of %s are too long for a cursor", scope.function->path),
             errhint("Page by columns of at most some hundred characters.")));
  return text;
}

PagePlace read_cursor(const CursorScope& scope, const char* text) {
  CursorBytes bytes = {};
  const PallocVector<OrderColumn>& columns = scope.order->columns;
  if (!decode_cursor(text, &bytes) || bytes.keys.size != columns.size) refuse(scope);
  uint8 mac[kCursorMacSize];
  authenticate(scope, identity_read_claims(bytes.claims), bytes, mac);
  if (!kMutantMacUnchecked && !equal_macs(mac, bytes.mac)) refuse(scope);
  PagePlace place;
  place.values = static_cast<Datum*>(palloc0(sizeof(Datum) * columns.size));
  place.nulls = static_cast<bool*>(palloc0(sizeof(bool) * columns.size));
  for (int i = 0; i < columns.size; i++) {
    Oid input, parameter;
    getTypeInputInfo(columns[i].type, &input, &parameter);
    place.nulls[i] = bytes.keys[i] == nullptr;
    if (!place.nulls[i]) place.values[i] = OidInputFunctionCall(input, bytes.keys[i], parameter, -1);
  }
  return place;
}

}  // namespace freshet
