#pragma once

// One deliberately broken rule per build, to see that its test fails: the CMake option FRESHET_MUTANT=<name>
// defines FRESHET_MUTANT_<name>=1. Every other build has none, and `if constexpr` removes the broken branch.
// The lists are tests/mutants.d/*.txt.

// True iff FRESHET_MUTANT_<name> is defined as 1: the macro is spelled out, then compared as text.
#define FRESHET_MUTANT_TEXT_(macro) #macro
#define FRESHET_MUTANT_TEXT(macro) FRESHET_MUTANT_TEXT_(macro)
#define FRESHET_MUTANT_IS(name) (FRESHET_MUTANT_TEXT(FRESHET_MUTANT_##name)[0] == '1')
