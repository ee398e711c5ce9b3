"""The same numbers in Grafana: a data source and dashboards as provisioning files."""
