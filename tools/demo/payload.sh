#!/bin/sh
# The service of the demo. It runs in the container; `berth` is the host's binary, mounted read-only.
trap 'berth notify send STOPPING=1 "STATUS=closing the shop"; exit 7' TERM
berth notify send "STATUS=warming up"
echo "a line of log, from process $$ of the container"
sleep 0.3
berth notify send READY=1 "STATUS=serving" "MAINPID=$$"
while :; do sleep 0.05; done
