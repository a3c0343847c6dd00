#!/bin/sh
# Installs what Debian's libtorch needs to run, in a container's last stage: the library without its headers, a fast BLAS,
# and of all that they depend on the packages whose libraries are linked. (Of Debian 13's libtorch the others are 210 MB: MPI
# brings UCX, UCX brings AMD's run time, that brings LLVM.) The package database then lists what is there and nothing else,
# so that a scanner tells the truth; apt-get would first want the rest back (apt-get --fix-broken install).
set -eu
export DEBIAN_FRONTEND=noninteractive

names() { dpkg-query -W -f '${Package}\n' | sort -u; }

# The package that owns a file. Files of a merged /usr are listed under /lib or /usr/lib.
owner() {
  file=$(realpath "$1")
  { dpkg-query -S "$file" || dpkg-query -S "${file#/usr}"; } 2>/dev/null | head -n 1 | cut -d : -f 1
}

apt-get update
libtorch=$(apt-cache depends libtorch-dev | grep -o 'libtorch[0-9][0-9.]*' | head -n 1)
before=$(names)
apt-get install -y --no-install-recommends "$libtorch" libopenblas0-pthread

needed=$(
  echo "$libtorch"
  for library in $(dpkg-query -L "$libtorch" | grep -E '/lib(torch_cpu|c10)\.so'); do
    ldd "$library" | awk '$3 ~ /^\// { print $3 }'
  done | sort -u | while read -r file; do owner "$file"; done | sort -u
)
unneeded=$(names | grep -vxF "$before" | grep -vxF "$needed" || true)
[ -z "$unneeded" ] || dpkg --purge --force-depends $unneeded
ldconfig
rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf /var/log/apt /var/log/dpkg.log
