// Waiter is what the pods of the real node run: it waits for SIGTERM, and meanwhile answers every
// HTTP request where it was given an address such as :8080 to listen on. As the node's pause image
// it only waits.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	if len(os.Args) > 1 {
		server := &http.Server{Addr: os.Args[1], Handler: http.HandlerFunc(answer), ReadTimeout: 10 * time.Second}
		go func() {
			fmt.Fprintln(os.Stderr, server.ListenAndServe())
			os.Exit(1)
		}()
	}
	<-end
}

func answer(response http.ResponseWriter, request *http.Request) {
	fmt.Fprintln(response, "waiting")
}
