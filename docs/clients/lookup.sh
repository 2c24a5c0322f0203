# sh lookup.sh HOST:PORT CODE; needs curl. Here the port is that of HTTP.
curl --silent --show-error --fail-with-body --max-time 5 \
  --cacert ca.pem --cert border.pem --key border.key \
  --header "Content-Type: application/json" --header "Accept-Language: en" \
  --data "{\"code\": \"$2\"}" "https://$1/lookup/v1/decisions"
