# shellcheck shell=bash
cmd_doctor() { :; }
