# tocsin_embed(OUTPUT FILES...) writes a source that defines tocsin::web::UiFiles() with the files' contents, each a raw
# string under its own name. Configuring runs again when one of them changes.
function(tocsin_embed output)
  set(entries "")
  foreach(path ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    get_filename_component(name ${path} NAME)
    file(READ ${path} content)
    string(APPEND entries "    {\"${name}\", R\"tocsin_ui(${content})tocsin_ui\"},\n")
  endforeach()
  set(text "#include <array>\n\n#include \"alerting/web/ui.h\"\n\nnamespace tocsin::web {\n\nstd::span<const UiFile> UiFiles() {\n")
  string(APPEND text "  static constexpr auto kFiles = std::to_array<UiFile>({\n${entries}  });\n  return kFiles;\n}\n\n}  // namespace tocsin::web\n")
  file(GENERATE OUTPUT ${output} CONTENT "${text}")
endfunction()
