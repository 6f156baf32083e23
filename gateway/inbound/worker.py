"""What a worker of `isolation` runs: a module of its own, so that the orders it reads are of the classes it knows."""

from gateway.inbound.isolated import main

if __name__ == "__main__":
    main()
