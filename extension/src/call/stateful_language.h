// Functions in procedural languages other than SQL and PL/pgSQL can keep what they saw in variables that live
// as long as the session (%_SHARED of PL/Perl, GD and SD of PL/Python). All callers share the sessions, so
// that would be a way from one to another past every check: such functions are refused, unless their language
// is in freshet.stateless_languages.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

namespace freshet {

// Raises when the function, or what its SQL body is seen to call, is in such a language.
void check_languages(Function* function, Findings* findings);

// From here until stateful_languages_unwatch() no such function is called, however it was come by: it raises
// before it runs. Triggers are not among them: what they keep, no caller is given.
void stateful_languages_watch(const Function* function);
// Safe in an error path.
void stateful_languages_unwatch();

}  // namespace freshet
