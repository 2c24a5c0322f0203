"""What operations watch: figures for Prometheus, and three answers on health."""
