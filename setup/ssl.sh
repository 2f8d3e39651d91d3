# shellcheck shell=bash
cmd_ssl() { :; }
