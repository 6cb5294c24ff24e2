// The extension's settings (GUCs `freshet.*`). Values are read straight from these variables.
#pragma once

namespace freshet {

extern int setting_default_deadline_ms;
extern int setting_default_max_rows;
extern int setting_max_argument_bytes;
extern int setting_max_result_bytes;
extern bool setting_explain;
extern char* setting_stateless_languages;

void define_settings();

}  // namespace freshet
