// Plans of what a call executes, for developers: with freshet.explain on, each statement that ends is an INFO
// message with SQLSTATE RFP01, its text as the message and its plan, with what it really took, as the detail.
#pragma once

namespace freshet {

// Around the body of a call. The hooks are installed at the first call that asks, and stay; without the
// setting they are one branch.
void explain_start();
void explain_stop();

}  // namespace freshet
