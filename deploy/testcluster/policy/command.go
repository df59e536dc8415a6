// Package policy enforces NetworkPolicies on the node's pods with nftables.
//
// A pod's rules are in force before its first process runs: the network plugin "policy-gate" tells
// each new pod's address here and waits for the answer.
package policy

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	networklisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

type enforcer struct {
	api        kubernetes.Interface
	pods       corelisters.PodLister
	namespaces corelisters.NamespaceLister
	policies   networklisters.NetworkPolicyLister

	changed chan struct{}
	lock    sync.Mutex
	// What the gate said, by namespace/name. Newer than any status.
	told    map[string]sandbox
	inForce string
}

type sandbox struct{ container, address string }

// NewCommand is the enforcer as a command.
func NewCommand() *cobra.Command {
	var kubeconfig, socket string
	command := &cobra.Command{
		Use: "policy",
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			api, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			return run(context.Background(), api, socket)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&socket, "socket", "", "where the gate asks")
	return command
}

func run(ctx context.Context, api kubernetes.Interface, socket string) error {
	factory := informers.NewSharedInformerFactory(api, 0)
	e := &enforcer{
		api:        api,
		pods:       factory.Core().V1().Pods().Lister(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
		policies:   factory.Networking().V1().NetworkPolicies().Lister(),
		changed:    make(chan struct{}, 1),
		told:       map[string]sandbox{},
	}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().Pods().Informer(),
		factory.Core().V1().Namespaces().Informer(),
		factory.Networking().V1().NetworkPolicies().Informer(),
	} {
		_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { e.wake() },
			UpdateFunc: func(_, _ any) { e.wake() },
			DeleteFunc: func(any) { e.wake() },
		})
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	// From here on the gate opens: before it, no pod could be judged.
	if err := e.listen(ctx, socket); err != nil {
		return err
	}
	for range e.changed {
		// Many changes come together.
		time.Sleep(10 * time.Millisecond)
		if err := e.enforce(); err != nil {
			klog.ErrorS(err, "the rules were refused")
			time.AfterFunc(time.Second, e.wake)
		}
	}
	return nil
}

func (e *enforcer) wake() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// enforce brings the rules into the kernel, all at once.
func (e *enforcer) enforce() error {
	e.lock.Lock()
	defer e.lock.Unlock()
	world, err := e.world()
	if err != nil {
		return err
	}
	rules := world.rules()
	if rules == e.inForce {
		return nil
	}
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(rules)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	e.inForce = rules
	return nil
}

// admit is called with a new pod's address, before anything runs in it.
func (e *enforcer) admit(ctx context.Context, namespace, name string, is sandbox) error {
	// The watch may be behind; the rules need the labels.
	for {
		pod, err := e.pods.Pods(namespace).Get(name)
		if err == nil && pod != nil {
			break
		}
		if _, err := e.api.CoreV1().Pods(namespace).Get(ctx, name, meta.GetOptions{}); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	e.lock.Lock()
	e.told[namespace+"/"+name] = is
	e.lock.Unlock()
	return e.enforce()
}

func (e *enforcer) forget(namespace, name, container string) {
	e.lock.Lock()
	if e.told[namespace+"/"+name].container == container {
		delete(e.told, namespace+"/"+name)
	}
	e.lock.Unlock()
	e.wake()
}

// world is what the rules are made from.
func (e *enforcer) world() (*world, error) {
	pods, err := e.pods.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	namespaces, err := e.namespaces.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	policies, err := e.policies.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	w := &world{policies: policies, namespaces: map[string]labels.Set{}}
	for _, namespace := range namespaces {
		w.namespaces[namespace.Name] = namespace.Labels
	}
	taken := map[string]bool{}
	for _, is := range e.told {
		taken[is.address] = true
	}
	for _, pod := range pods {
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if pod.Spec.HostNetwork || ended {
			continue
		}
		address := e.told[pod.Namespace+"/"+pod.Name].address
		if address == "" && !taken[pod.Status.PodIP] {
			address = pod.Status.PodIP
		}
		if address != "" {
			w.pods = append(w.pods, placed{pod, address})
		}
	}
	return w, nil
}

type world struct {
	pods       []placed
	namespaces map[string]labels.Set
	policies   []*networking.NetworkPolicy
}

type placed struct {
	*core.Pod
	address string
}
