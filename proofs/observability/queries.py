"""Queries of PostgreSQL have spans, with lanes and without; run by itself, as it needs one."""

from tests.observability.receivers import wait_for


def test_query_is_a_part_of_its_request(service, site, lanes):
    """Through the pool, on whichever thread."""
    with site(
        OTEL_EXPORTER_OTLP_ENDPOINT=service.address, OTEL_SERVICE_NAME=lanes, LANES=lanes
    ) as server:
        assert server.client.get("/lane/1/").is_success

        def find():
            mine = [
                span for span, _, resource in service.spans() if resource["service.name"] == lanes
            ]
            requests = {span.span_id for span in mine if span.name == "GET /lane/<int:number>/"}
            return [span for span in mine if span.parent_span_id in requests]

        spans = wait_for(find)
    assert [span.name for span in spans] == ["SELECT"]
