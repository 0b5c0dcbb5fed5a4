# kuramori_module(NAME <folder> FLOOR <n> [USES <lower modules>] [NEIGHBOURS <modules of the same floor>]
#                 SOURCES <files> [LIBRARIES <external targets>] [PRIVATE_LIBRARIES <external targets>]
#                 [TESTS <files>] [FUZZ <files>])
#
# Declares the module in the current folder as one static library with its tests (<module>_tests), and its fuzz
# targets (one program per file). Headers are reached as "<folder>/<header>.hpp", and only from modules that declare
# the dependency: each module has an include directory of its own, a folder with one link to its sources.

set_property(GLOBAL PROPERTY KURAMORI_FLOORS "")

function(kuramori_module)
  cmake_parse_arguments(M "" "NAME;FLOOR" "USES;NEIGHBOURS;SOURCES;LIBRARIES;PRIVATE_LIBRARIES;TESTS;TEST_USES;FUZZ" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kuramori_module(${M_NAME}): unknown arguments ${M_UNPARSED_ARGUMENTS}")
  endif()
  string(REPLACE "/" "_" id ${M_NAME})
  set(target kuramori_${id})
  add_library(${target} STATIC ${M_SOURCES})

  set(include_root ${CMAKE_BINARY_DIR}/include/${id})
  get_filename_component(parent ${include_root}/${M_NAME} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/${M_NAME} SYMBOLIC)
  target_include_directories(${target} PUBLIC ${include_root})

  target_link_libraries(${target} PUBLIC kuramori_options ${M_LIBRARIES} PRIVATE ${M_PRIVATE_LIBRARIES})
  foreach(use IN LISTS M_USES M_NEIGHBOURS)
    string(REPLACE "/" "_" use_id ${use})
    target_link_libraries(${target} PUBLIC kuramori_${use_id})
  endforeach()
  kuramori_precompile(${target})

  list(JOIN M_USES "," uses)
  list(JOIN M_NEIGHBOURS "," neighbours)
  set_property(GLOBAL APPEND PROPERTY KURAMORI_FLOORS "${M_NAME} ${M_FLOOR} uses:${uses} neighbours:${neighbours}")

  if(KURAMORI_TESTS AND M_TESTS)
    add_executable(${id}_tests ${M_TESTS})
    target_link_libraries(${id}_tests PRIVATE ${target} GTest::gmock GTest::gtest_main)
    foreach(use IN LISTS M_TEST_USES)
      string(REPLACE "/" "_" use_id ${use})
      target_link_libraries(${id}_tests PRIVATE kuramori_${use_id})
    endforeach()
    kuramori_precompile(${id}_tests)
    add_test(NAME unit.${M_NAME} COMMAND ${id}_tests --gtest_brief=1)
    set_tests_properties(unit.${M_NAME} PROPERTIES LABELS unit TIMEOUT 900)
  endif()

  if(KURAMORI_FUZZ)
    foreach(file IN LISTS M_FUZZ)
      get_filename_component(fuzz_name ${file} NAME_WE)
      add_executable(${fuzz_name} ${file})
      target_link_libraries(${fuzz_name} PRIVATE ${target})
      target_link_options(${fuzz_name} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY KURAMORI_FUZZ_TARGETS ${fuzz_name})
    endforeach()
  endif()

  if(KURAMORI_HEADER_CHECK)
    kuramori_check_headers(${target})
  endif()
endfunction()

# One precompiled header of standard headers for all: the instantiations of <string>, <vector> and <functional>
# dominate the time of a unit. The first target builds it, the others reuse it.
function(kuramori_precompile target)
  get_property(owner GLOBAL PROPERTY KURAMORI_PRECOMPILED_OWNER)
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
    set_property(GLOBAL PROPERTY KURAMORI_PRECOMPILED_OWNER ${target})
  endif()
endfunction()

# Compiles each header of the module as a unit of its own, so that none relies on what came before it.
function(kuramori_check_headers target)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  set(units)
  foreach(header IN LISTS headers)
    get_filename_component(stem ${header} NAME_WE)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/header_check/${stem}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n")
    list(APPEND units ${unit})
  endforeach()
  if(units)
    add_library(${target}_headers OBJECT ${units})
    target_link_libraries(${target}_headers PRIVATE ${target})
  endif()
endfunction()

# What the layering test reads: each module, its floor and what it declared.
function(kuramori_write_floors)
  get_property(floors GLOBAL PROPERTY KURAMORI_FLOORS)
  list(JOIN floors "\n" text)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/floors.txt CONTENT "${text}\n")
  get_property(fuzz_targets GLOBAL PROPERTY KURAMORI_FUZZ_TARGETS)
  list(JOIN fuzz_targets "\n" text)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/fuzz_targets.txt CONTENT "${text}\n")
  if(fuzz_targets)
    add_custom_target(fuzz_targets DEPENDS ${fuzz_targets})
  endif()
endfunction()
