// A growing array in palloc'd memory. Trivially destructible, so that a longjmp over a frame that holds one
// loses nothing: the memory belongs to the memory context that was current at the first push.
#pragma once

#include "compat.h"

namespace freshet {

template <typename T>
struct PallocVector {
  T* data = nullptr;
  int size = 0;
  int capacity = 0;

  T* push(const T& value) {
    if (size == capacity) {
      int wanted = capacity == 0 ? 8 : capacity * 2;
      data =
          static_cast<T*>(data == nullptr ? palloc(sizeof(T) * wanted) : repalloc(data, sizeof(T) * wanted));
      capacity = wanted;
    }
    data[size] = value;
    return &data[size++];
  }
  T& operator[](int i) { return data[i]; }
  const T& operator[](int i) const { return data[i]; }
};

}  // namespace freshet
