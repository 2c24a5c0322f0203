"""The OpenAPI document of the HTTP lookup, made from the code that answers."""
