#!/bin/sh
# test_header.sh: bert.h compiles alone, as C11 and (where there is a C++ compiler) as C++17.
set -eu
printf '#include <bert.h>\nint main(void) { return BERT_OK; }\n' |
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -pedantic -Iinclude -x c -fsyntax-only -
for cxx in c++ clang++; do
    command -v $cxx >/dev/null 2>&1 || continue
    printf '#include <bert.h>\nint main() { bert_model_options o = BERT_MODEL_DEFAULTS; return (int)o.copy; }\n' |
        $cxx -std=c++17 -Wall -Wextra -Wno-missing-field-initializers -Werror -pedantic -Iinclude -x c++ -fsyntax-only -
done
