#!/bin/sh
exec "/usr/lib/rabbitmq/bin/$1"
