# Compiler, warnings, hardening and sanitizers: one interface target that every Kuramori target links.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  # GCC 12 miscompiles coroutines: docs/traps.md.
  message(FATAL_ERROR "Kuramori is built with clang 19 or later; found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
endif()

set(KURAMORI_PROFILE "" CACHE STRING "Empty, 'use' (the stored profile of the hot paths) or 'generate' (a program that makes one)")
set(KURAMORI_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, 'address,undefined' or 'thread'")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(VIPS REQUIRED vips)
# Without its -pthread, which would not fit the precompiled header.
add_library(kuramori_vips INTERFACE)
target_include_directories(kuramori_vips SYSTEM INTERFACE ${VIPS_INCLUDE_DIRS})
target_link_libraries(kuramori_vips INTERFACE ${VIPS_LINK_LIBRARIES})
# What reads untrusted documents, linked by sandboxed programs alone.
pkg_check_modules(LIBARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(LIBMAGIC REQUIRED IMPORTED_TARGET libmagic)
pkg_check_modules(POPPLER REQUIRED IMPORTED_TARGET poppler-cpp)
pkg_check_modules(FREETYPE REQUIRED IMPORTED_TARGET freetype2)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(LEPTONICA REQUIRED IMPORTED_TARGET lept)
pkg_check_modules(TESSERACT REQUIRED IMPORTED_TARGET tesseract)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
find_library(TCMALLOC_LIBRARY tcmalloc_minimal REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
if(KURAMORI_TESTS)
  find_package(GTest REQUIRED)
endif()

add_library(kuramori_options INTERFACE)
target_compile_options(kuramori_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Wunused
  -Woverloaded-virtual -Wconversion -Wsign-conversion -Wnull-dereference -Wimplicit-fallthrough -Wextra-semi
  -fstack-protector-strong -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero
  -fPIE -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# Without it a precompiled header differs from clone to clone, and ccache finds nothing that another clone compiled.
target_compile_options(kuramori_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
target_compile_definitions(kuramori_options INTERFACE
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS BOOST_JSON_NO_LIB)
target_link_options(kuramori_options INTERFACE -fuse-ld=lld -Wl,-z,relro,-z,now,-z,noexecstack -pie)
# A profile of the hot paths (docs/decisions/0015). Names of internal functions must not carry the path of a clone.
set(KURAMORI_PROFILE_FILE ${CMAKE_SOURCE_DIR}/packaging/profile/kuramori.profdata)
if(KURAMORI_PROFILE STREQUAL "generate")
  target_compile_options(kuramori_options INTERFACE -fprofile-generate -fprofile-update=atomic
    "SHELL:-mllvm -static-func-full-module-prefix=false")
  target_link_options(kuramori_options INTERFACE -fprofile-generate)
elseif(KURAMORI_PROFILE STREQUAL "use")
  # What changed since the profile was taken is compiled without it.
  target_compile_options(kuramori_options INTERFACE -fprofile-use=${KURAMORI_PROFILE_FILE}
    "SHELL:-mllvm -static-func-full-module-prefix=false"
    -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled -Wno-backend-plugin)
endif()
if(KURAMORI_SANITIZE)
  target_compile_options(kuramori_options INTERFACE -fsanitize=${KURAMORI_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(kuramori_options INTERFACE -fsanitize=${KURAMORI_SANITIZE})
endif()
if(KURAMORI_FUZZ)
  target_compile_options(kuramori_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
