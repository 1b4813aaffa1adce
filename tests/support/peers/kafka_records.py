"""Reads every record of every topic with kafka-python and prints how many there are, and how many distinct CloudEvents ids."""
import json
import sys
import time

from kafka import KafkaConsumer, TopicPartition

consumer = KafkaConsumer(bootstrap_servers=sys.argv[1], enable_auto_commit=False, auto_offset_reset="earliest")
places = [TopicPartition(topic, partition) for topic in consumer.topics() for partition in consumer.partitions_for_topic(topic) or ()]
consumer.assign(places)
consumer.seek_to_beginning(*places)
ends = consumer.end_offsets(places)
deadline = time.monotonic() + 30
records, ids = 0, set()
while any(consumer.position(place) < ends[place] for place in places):
    if time.monotonic() > deadline:
        sys.exit("not all records came")
    for batch in consumer.poll(timeout_ms=200).values():
        records += len(batch)
        ids.update(value for record in batch for name, value in record.headers if name == "ce_id")
consumer.close()
print(json.dumps({"records": records, "ids": len(ids)}))
