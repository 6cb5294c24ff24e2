// The rows that scans returned, by keyed hash of the identity columns, with an image of every column used:
// what tells later whether a change of a row whose old values were not logged can matter. Complete or lost,
// never partial.
#pragma once

#include "freshet_wire/siphash.hpp"

extern "C" {
#include "postgres.h"
}

namespace freshet::read_set {

// Rows per entry beyond which fingerprints are given up.
inline constexpr int kMaxFingerprints = 1000;

// Memory is the current context's at each call.
struct Fingerprints {
  bool lost;
  int columns;  // images per row
  int count;
  int capacity;
  wire::Hash128* rows;  // key, then the images
  int slot_count;       // power of two
  int* slots;           // row + 1, by key
};

// `row` has 1 + columns hashes. False: lost, now or before.
bool add_fingerprint(Fingerprints* prints, int columns, const wire::Hash128* row);

void lose_fingerprints(Fingerprints* prints);

}  // namespace freshet::read_set
