# Makes `target` see the headers of the given layers and of no other: its only
# include folder of ours holds a link to each of them.
function(casgate_see target)
  set(seen ${PROJECT_BINARY_DIR}/seen-by/${target})
  file(MAKE_DIRECTORY ${seen})
  foreach(layer ${ARGN})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/proxy/${layer} ${seen}/${layer}
      SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE ${seen})
endfunction()

# A layer: the static library casgate_NAME of proxy/NAME/*.c. It sees only its
# own headers and those of the layers it stands ABOVE, so that a call upward
# or sideways does not build.
function(casgate_layer name)
  cmake_parse_arguments(layer "" "" "ABOVE;LINKS" ${ARGN})
  list(TRANSFORM layer_ABOVE PREPEND casgate_ OUTPUT_VARIABLE below)
  set(CASGATE_SEEN_${name} ${name} ${layer_ABOVE} PARENT_SCOPE)

  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proxy/${name}/*.c)
  if(files)
    add_library(casgate_${name} STATIC ${files})
    casgate_see(casgate_${name} ${name} ${layer_ABOVE})
    target_link_libraries(casgate_${name} PUBLIC ${below} ${layer_LINKS})
  else()
    add_library(casgate_${name} INTERFACE)
    target_link_libraries(casgate_${name} INTERFACE ${below} ${layer_LINKS})
  endif()
endfunction()
