#include "changes.h"

namespace freshet::fuzz {
namespace {

std::string number(Random& random, int low, int high, int null_percent = 10) {
  return pick(random, 1, 100) <= null_percent ? "NULL" : std::to_string(pick(random, low, high));
}

std::string one_of(Random& random, std::initializer_list<const char*> values) {
  return values.begin()[pick(random, 0, static_cast<int>(values.size()) - 1)];
}

std::string boolean(Random& random) { return one_of(random, {"true", "false", "NULL"}); }
std::string text(Random& random) { return one_of(random, {"'a'", "'b'", "'A'", "'ab'", "''", "NULL"}); }
std::string score(Random& random) {
  return one_of(random, {"1", "1.0", "1.00", "2.5", "-3", "'NaN'", "NULL"});
}
std::string instant(Random& random) {
  return "'2024-01-01 00:00Z'::timestamptz + interval '1 hour' * " + std::to_string(pick(random, 0, 8));
}

std::string message_column(Random& random) {
  switch (pick(random, 0, 8)) {
    case 0:
      return "channel_id = " + number(random, 0, 4);
    case 1:
      return "author = " + number(random, 0, 4);
    case 2:
      return "seq = " + number(random, 0, 6);
    case 3:
      return "body = " + text(random);
    case 4:
      return "pinned = " + boolean(random);
    case 5:
      return "score = " + score(random);
    case 6:
      return "at = " + instant(random);
    case 7:
      return "tag = " + text(random);
    default:
      return "state = " + text(random);
  }
}

std::string new_message(Random& random, int id) {
  return "INSERT INTO message VALUES (" + std::to_string(id) + ", " + number(random, 0, 4) + ", " +
         number(random, 0, 4) + ", " + number(random, 0, 6) + ", " + text(random) + ", " + boolean(random) +
         ", " + score(random) + ", " + instant(random) + ", " + text(random) + ", " + text(random) +
         ") ON CONFLICT DO NOTHING";
}

std::string message_change(Random& random) {
  const std::string id = std::to_string(pick(random, 1, 40));
  switch (pick(random, 0, 9)) {
    case 0:
    case 1:
    case 2:
      return new_message(random, pick(random, 1, 40));
    case 3:
      return "DELETE FROM message WHERE id = " + id;
    case 4:
      return "UPDATE message SET id = id + 100 WHERE id = " + id;
    case 5:
      return "UPDATE message SET " + message_column(random) +
             " WHERE channel_id = " + number(random, 0, 4, 0);
    case 6:
      return "UPDATE message SET body = body WHERE id = " + id;
    default:
      return "UPDATE message SET " + message_column(random) + " WHERE id = " + id;
  }
}

std::string channel_change(Random& random) {
  const std::string id = std::to_string(pick(random, 0, 5));
  switch (pick(random, 0, 4)) {
    case 0:
      return "INSERT INTO channel VALUES (" + id + ", " + text(random) + ", " + number(random, 0, 2) + ", " +
             boolean(random) + ") ON CONFLICT DO NOTHING";
    case 1:
      return "DELETE FROM channel WHERE id = " + id;
    case 2:
      return "UPDATE channel SET kind = " + number(random, 0, 2) + " WHERE id = " + id;
    case 3:
      return "UPDATE channel SET archived = " + boolean(random) + " WHERE id = " + id;
    default:
      return "UPDATE channel SET name = " + text(random) + " WHERE id = " + id;
  }
}

std::string member_change(Random& random) {
  const std::string where =
      " WHERE user_id = " + number(random, 0, 4, 0) + " AND channel_id = " + number(random, 0, 4, 0);
  switch (pick(random, 0, 3)) {
    case 0:
    case 1:
      return "INSERT INTO member VALUES (" + number(random, 0, 4, 0) + ", " + number(random, 0, 4, 0) + ", " +
             number(random, 0, 6, 0) + ") ON CONFLICT DO NOTHING";
    case 2:
      return "DELETE FROM member" + where;
    default:
      return "UPDATE member SET last_read = " + number(random, 0, 6, 0) + where;
  }
}

std::string reading_change(Random& random) {
  switch (pick(random, 0, 3)) {
    case 0:
    case 1:
      return "INSERT INTO reading VALUES (" + number(random, 1, 4) + ", " + number(random, 0, 6) + ", " +
             number(random, 0, 4) + ", " + text(random) + ")";
    case 2:
      return "DELETE FROM reading WHERE at = " + number(random, 0, 6, 0);
    default:
      return one_of(random, {"UPDATE reading SET region = ", "UPDATE reading SET value = "}) +
             number(random, 1, 4) + " WHERE at = " + number(random, 0, 6, 0);
  }
}

std::string animal_change(Random& random) {
  const std::string weight = number(random, 0, 6);
  switch (pick(random, 0, 4)) {
    case 0:
      return "INSERT INTO animal VALUES (" + number(random, 1, 9) + ", " + text(random) + ", " + weight + ")";
    case 1:
      return "INSERT INTO dog VALUES (" + number(random, 1, 9) + ", " + text(random) + ", " + weight + ", 1)";
    case 2:
      return "DELETE FROM animal WHERE id = " + number(random, 1, 9, 0);
    case 3:
      return "UPDATE dog SET breed = " + number(random, 0, 3) + " WHERE id = " + number(random, 1, 9, 0);
    default:
      return "UPDATE animal SET weight = " + weight + " WHERE id = " + number(random, 1, 9, 0);
  }
}

std::string secret_change(Random& random) {
  const std::string id = std::to_string(pick(random, 1, 12));
  switch (pick(random, 0, 4)) {
    case 0:
      return "INSERT INTO secret VALUES (" + id + ", " + number(random, 0, 4) + ", " + number(random, 0, 4) +
             ", " + text(random) + ") ON CONFLICT DO NOTHING";
    case 1:
      return "DELETE FROM secret WHERE id = " + id;
    case 2:
      return "UPDATE secret SET owner = " + number(random, 0, 4) + " WHERE id = " + id;
    case 3:
      return "UPDATE secret SET level = " + number(random, 0, 4) + " WHERE id = " + id;
    default:
      return "UPDATE secret SET body = " + text(random) + " WHERE id = " + id;
  }
}

}  // namespace

int pick(Random& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
}

std::string random_change(Random& random) {
  const int kind = pick(random, 0, 199);
  if (kind == 0) return "TRUNCATE " + one_of(random, {"member", "message", "reading_1", "dog"});
  if (kind < 110) return message_change(random);
  if (kind < 130) return channel_change(random);
  if (kind < 150) return member_change(random);
  if (kind < 170) return reading_change(random);
  if (kind < 185) return animal_change(random);
  return secret_change(random);
}

std::string initial_rows(Random& random) {
  std::string sql = "SET search_path = fuzz; TRUNCATE channel, member, message, reading, animal, secret;";
  for (int i = 0; i < 4; ++i) sql += channel_change(random) + ";";
  for (int i = 0; i < 25; ++i) sql += new_message(random, pick(random, 1, 40)) + ";";
  for (int i = 0; i < 15; ++i) sql += member_change(random) + ";";
  for (int i = 0; i < 15; ++i)
    sql += reading_change(random) + ";" + animal_change(random) + ";" + secret_change(random) + ";";
  return sql;
}

}  // namespace freshet::fuzz
