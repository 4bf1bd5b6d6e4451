#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The table of `lkmc barriers` agrees with editing the text (edited_text.py): on litmus/classic, and on some of the corpus.
set -euo pipefail
status=0
python3 "$1" "$2" 100 litmus/classic/*.litmus || status=1
if [ -n "${LKMC_CORPUS:-}" ]; then
  mapfile -d '' files < <(find -L "$LKMC_CORPUS" -name '*.litmus' -print0)
  python3 "$1" "$2" 40 "${files[@]}" || status=1
fi
exit $status
