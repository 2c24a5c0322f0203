"""mra-gateway: exchanges signed AEO status lists and decides reciprocal facilitation."""
