# Compiler and linker flags for everything that is built here.

add_compile_definitions(
  _GNU_SOURCE
  CASGATE_VERSION="${PROJECT_VERSION}")

add_compile_options(
  -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wvla -Wundef -Wwrite-strings
  -Wformat-security -fno-common)
if(CASGATE_WERROR)
  add_compile_options(-Werror)
endif()

if(CASGATE_HARDEN)
  set(fortify 2)
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND
      CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
    set(fortify 3)
  endif()
  # Some compilers define it by themselves: a second value is a warning.
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify}
    -fstack-protector-strong -fstack-clash-protection
    -Werror=format-security)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|i.86")
    add_compile_options(-fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()

if(CASGATE_SANITIZE)
  add_compile_options(-fsanitize=${CASGATE_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CASGATE_SANITIZE})
endif()
if(CASGATE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
