#!/bin/sh
# test_scale.sh BUILD: as many lines as there are in the memory of a few; and a run that is killed, or
# whose disk is full, leaves the old file of -o as it was.
set -u
build=$1
bert=$build/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/model
"$build/make_model" "$model" 1 16 2 32 >/dev/null || exit 1
failed=0
fail() { echo "FAIL $*"; failed=1; }

# peak LINES: the most memory in KiB that embed ever had after so many lines, its input still open.
peak() {
    rm -f "$work/in"
    mkfifo "$work/in"
    "$bert" embed -q -m "$model" --threads 2 --format f32 <"$work/in" >"$work/out" &
    pid=$!
    exec 3>"$work/in"
    seq "$1" | sed 's/$/ the bank/' >&3
    tries=0
    while [ "$(wc -c <"$work/out")" -lt $(($1 * 16 * 4)) ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status"
    exec 3>&-
    wait $pid
}
if [ -r /proc/self/status ]; then
    few=$(peak 10000)
    many=$(peak 200000)
    [ "$(wc -c <"$work/out")" -eq 12800000 ] || fail "200000 lines gave $(wc -c <"$work/out") bytes"
    [ -n "$few" ] && [ "$many" -le $((few + 1024)) ] || fail "10000 lines: $few KiB, 200000: $many KiB"
fi

# the old file stays, and nothing beside it
seq 20000 >"$work/lines"
file=$work/kept
echo old >"$file"
for blocks in 0 1 100; do
    message=$(ulimit -f $blocks && exec "$bert" embed -q -m "$model" -i "$work/lines" -o "$file" 2>&1)
    [ $? = 1 ] || fail "ulimit -f $blocks: not refused"
    case $message in *'File too large'*) ;; *) fail "ulimit -f $blocks: $message" ;; esac
    [ "$(cat "$file")" = old ] || fail "ulimit -f $blocks: the old file is lost"
    [ "$(ls "$work" | grep -c '^kept')" = 1 ] || fail "ulimit -f $blocks: $(ls "$work")"
done

# killed while it writes: its input stays open, so it is not yet at the end
rm -f "$work/in"
mkfifo "$work/in"
"$bert" embed -q -m "$model" -o "$file" <"$work/in" &
pid=$!
exec 3>"$work/in"
cat "$work/lines" >&3
tries=0
until [ -n "$(find "$work" -name 'kept?*' -size +0 2>/dev/null)" ] || [ $tries -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
[ $tries -lt 100 ] || fail "nothing was written before the kill"
kill -9 $pid
wait $pid 2>/dev/null
exec 3>&-
[ "$(cat "$file")" = old ] || fail "kill -9: the old file is lost"

# and the next run is whole, and clears away what was left
"$bert" embed -q -m "$model" -i "$work/lines" -o "$file" || fail "the run after the kill"
[ "$(wc -l <"$file")" -eq 20000 ] || fail "the run after the kill: $(wc -l <"$file") lines"
[ "$(ls "$work" | grep -c '^kept')" = 1 ] || fail "left after the kill: $(ls "$work" | tr '\n' ' ')"

[ $failed = 0 ] && echo "all good"
exit $failed
