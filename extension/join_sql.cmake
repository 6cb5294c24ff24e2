# Joins the parts of the install script in order of name, behind the guard that keeps people from feeding it to psql.
file(WRITE ${OUTPUT} "\\echo Use \"CREATE EXTENSION freshet\" to load this file. \\quit\n")
foreach(part ${PARTS})
  get_filename_component(name ${part} NAME)
  file(READ ${part} text)
  file(APPEND ${OUTPUT} "\n-- ${name}\n${text}")
endforeach()
