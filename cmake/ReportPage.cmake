# The parts of the page of `memguard report --html`, as one source file of strings: its text, style and program from
# report/page, and D3 from a package.

find_file(MEMGUARD_D3 d3.min.js
  PATHS /usr/share/nodejs/d3/dist /usr/share/javascript/d3 /usr/lib/node_modules/d3/dist
  DOC "D3 5 or later, minified, for memguard report --html")
if(NOT MEMGUARD_D3)
  message(WARNING "memguard report --html is left out, because there is no d3.min.js. "
                  "Install it (Debian: apt-get install node-d3; else: npm install d3) and give its path where it is "
                  "not found: -DMEMGUARD_D3=node_modules/d3/dist/d3.min.js")
endif()

# memguard_page_part(OUT NAME FILES...): the text of the files, one after the other, as a constant in `OUT`.
function(memguard_page_part out name)
  set(text "")
  foreach(file ${ARGN})
    file(READ ${file} part)
    string(APPEND text "${part}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  file(APPEND ${out} "const std::string_view k${name} = R\"mg-part(${text})mg-part\";\n")
endfunction()

# memguard_d3_licence(FILE): a file with the licence of this D3 as a comment: that which its npm package has beside it,
# else that of D3 5, which Debian's package has in another place.
function(memguard_d3_licence file)
  get_filename_component(folder ${MEMGUARD_D3} DIRECTORY)
  set(licence ${folder}/../LICENSE)
  if(EXISTS ${licence})
    file(READ ${licence} text)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/d3-licence.txt "/*\nD3 (https://d3js.org)\n\n${text}*/\n")
    set(${file} ${CMAKE_CURRENT_BINARY_DIR}/d3-licence.txt PARENT_SCOPE)
  else()
    set(${file} ${CMAKE_CURRENT_SOURCE_DIR}/page/d3-licence.txt PARENT_SCOPE)
  endif()
endfunction()

# memguard_page(OUT): writes the source file, anew only when it changes.
function(memguard_page out)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR}/page)
  set(new ${out}.new)
  file(WRITE ${new} "#include \"report/page_parts.h\"\n\nnamespace memguard::report::page {\n\n")
  memguard_page_part(${new} Page ${folder}/page.html)
  memguard_page_part(${new} Style ${folder}/page.css)
  memguard_page_part(${new} Program ${folder}/model.js ${folder}/memory.js ${folder}/lanes.js ${folder}/table.js
                     ${folder}/page.js)
  if(MEMGUARD_D3)
    memguard_d3_licence(d3_licence)
    memguard_page_part(${new} D3 ${d3_licence} ${MEMGUARD_D3})
  else()
    file(APPEND ${new} "const std::string_view kD3;\n")
  endif()
  file(APPEND ${new} "\n}  // namespace memguard::report::page\n")
  file(COPY_FILE ${new} ${out} ONLY_IF_DIFFERENT)
endfunction()
