"""What is said in public: how friendly it is, how much it weighs, and when many posts on one subject are a storm."""
