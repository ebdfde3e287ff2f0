#!/usr/bin/env bash
# Puts the connectors of the pipeline into /plugins: from a local archive in /plugins/archives where there is one, else
# from Confluent's hub. Ends with 0 once both are in place; else with 1, and says what is missing and what to do.
set -eu
install() {
    local owner=$1 name=$2 version=$3 archive
    archive=/plugins/archives/$owner-$name-$version.zip
    if [ -d "/plugins/$owner-$name" ] && [ "$(cat "/plugins/$owner-$name/.version" 2>/dev/null)" = "$version" ]; then
        echo "$owner/$name $version is installed"
        return
    fi
    rm -rf "/plugins/${owner:?}-$name"
    if [ -f "$archive" ]; then
        echo "$owner/$name $version from $archive, sha256 $(sha256sum "$archive" | cut -d' ' -f1)"
        confluent-hub install --no-prompt --component-dir /plugins "$archive"
    elif ! confluent-hub install --no-prompt --component-dir /plugins "$owner/$name:$version"; then
        echo "$owner/$name $version cannot be had from the hub. Versions are taken away there: set another one in .env," >&2
        echo "or put the archive into the volume as archives/$owner-$name-$version.zip." >&2
        exit 1
    fi
    echo "$version" >"/plugins/$owner-$name/.version"
}
install confluentinc kafka-connect-datagen "$DATAGEN_VERSION"
install confluentinc kafka-connect-elasticsearch "$ELASTIC_SINK_VERSION"
echo "the connectors are in place"
