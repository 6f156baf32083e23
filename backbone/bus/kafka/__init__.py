"""The bus on Apache Kafka through aiokafka, the only place that knows that client."""

from backbone.bus.kafka.bus import KafkaBus
from backbone.bus.kafka.connection import KafkaConnection

__all__ = ["KafkaBus", "KafkaConnection"]
