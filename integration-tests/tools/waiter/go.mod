module towline.io/integration-tests/tools/waiter

go 1.25.0
