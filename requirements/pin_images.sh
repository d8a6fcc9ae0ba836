#!/usr/bin/env bash
# Asks the registry for the digest of each image in images.env, and writes it there. Needs Docker
# with buildx; all images are asked for before the file is changed.
set -euo pipefail
cd "$(dirname "$0")"

pinned=""
while IFS= read -r line || [ -n "$line" ]; do
    if [[ "$line" =~ ^([A-Z_]+)=([^@]+)(@.*)?$ ]]; then
        name="${BASH_REMATCH[1]}" tag="${BASH_REMATCH[2]}"
        digest="$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$tag")"
        if ! [[ "$digest" =~ ^sha256:[0-9a-f]{64}$ ]]; then
            echo "the registry gave no digest for $tag: images.env is left as it is" >&2
            exit 1
        fi
        line="$name=$tag@$digest"
    fi
    pinned+="$line"$'\n'
done < images.env
printf '%s' "$pinned" > images.env
cat images.env
