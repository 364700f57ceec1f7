// PrioMon's own config.ini, as its README shows it.

export const README_EXAMPLE = `[PrioMonParam]
node_range = [10]              # Number of nodes in the system
target_count = 1               # Number of targets per gossip round
gossip_rate = 1                # Interval between gossip messages (seconds)
runs = 1                       # Number of experimental runs
continue_after_convergence = 0  # Continue monitoring after convergence
push_mode = 0                  # Enable/disable push mode
client_port = 4000             # Client communication port

[system_setting]
query_logic = 1                # Enable query logic
failure_rate = 0.5             # System failure rate tolerance
docker_ip = 127.0.0.1          # Docker container IP
is_send_data_back = 1          # Enable data feedback

[MetricPriorities]
cpu_priority = 1               # CPU monitoring priority (lowest)
memory_priority = 5            # Memory monitoring priority
network_priority = 5           # Network monitoring priority
storage_priority = 10          # Storage monitoring priority (highest)

[MetricDeltas]
cpu_delta = 5.0               # CPU change threshold (%)
memory_delta = 7.0            # Memory change threshold (%)
network_delta = 15.0          # Network change threshold (%)
storage_delta = 10.0          # Storage change threshold (%)
`;
