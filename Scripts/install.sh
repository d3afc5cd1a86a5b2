#!/bin/sh
# Puts consim where shells and man find it, with its manual page and completions; or removes them.
# Usage: Scripts/install.sh CONSIM PREFIX
#        Scripts/install.sh --remove PREFIX
set -eu

consim=$1
prefix=$2
program=$prefix/bin/consim
manual=$prefix/share/man/man1/consim.1
bash=$prefix/share/bash-completion/completions/consim
zsh=$prefix/share/zsh/site-functions/_consim
fish=$prefix/share/fish/vendor_completions.d/consim.fish

if [ "$consim" = --remove ]; then
  rm -f "$program" "$manual" "$bash" "$zsh" "$fish"
  exit 0
fi

for file in "$program" "$manual" "$bash" "$zsh" "$fish"; do
  install -d "$(dirname -- "$file")"
done
install -m 755 "$consim" "$program"
# Aside, so that a file that cannot be made does not replace another.
new=$(mktemp)
trap 'rm -f "$new"' EXIT
"$consim" manual >"$new" && install -m 644 "$new" "$manual"
"$consim" --generate-completion-script bash >"$new" && install -m 644 "$new" "$bash"
"$consim" --generate-completion-script zsh >"$new" && install -m 644 "$new" "$zsh"
"$consim" --generate-completion-script fish >"$new" && install -m 644 "$new" "$fish"
