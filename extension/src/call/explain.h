// Plans of what a call executes, for developers: with freshet.explain on, each statement that ends is an INFO
// message with SQLSTATE RFP01, its text as the message and its plan, with what it really took, as the detail.
// What a mutation read is told like that too (queries return it): SQLSTATE RFP02, the read set in hex as the
// detail.
#pragma once

namespace freshet {

// Around the body of a call. The hooks are installed at the first call that asks, and stay; without the
// setting they are one branch.
void explain_start(bool mutation);
void explain_stop();
// In place of explain_stop() when the body ended with an error.
void explain_discard();

}  // namespace freshet
